// Planned curves: how the driver will lead a face from keyframe to keyframe, as streamer/face/curves.py does it,
// before speech, blinks and idle life come to it. Seconds count from the line's beginning.

const RISE_TIME = { snap: 0.1, ease: 0.3, slow: 0.9 };
const FASTEST = 0.1, RELEASE_TIME = 0.7, APEX = 0.3;
const HOLD = 0.8, SOFTEN_TIME = 1.6, SOFTENED = 0.7;
const LEAD_TIME = 0.35, LEAD = 0.2;

const rise = (u) => u * u * u * (10 + u * (-15 + u * 6));
const release = (u) => u * u * (6 + u * (-8 + u * 3));

/** The segments of a line; `anticipates` where the driver planned it, as it does not with keyframes of the game's own. */
export function schedule(keyframes, duration, anticipates) {
  const segments = [];
  let ready = 0;
  for (const { at, onset, values } of keyframes) {
    const peak = at * duration, wait = peak - RISE_TIME[onset];
    soften(segments, wait);
    const isFirst = !segments.length && anticipates;
    if (isFirst && wait >= FASTEST) {
      segments.push(segment(0, Math.min(LEAD_TIME, wait), rise, values, LEAD));
      ready = 0;
    }
    if (isFirst && wait < FASTEST) segments.push(segment(0, Math.max(peak, RISE_TIME[onset]), rise, values));
    else segments.push(approach(onset, values, peak, ready));
    ready = segments.at(-1).begin + segments.at(-1).duration;
  }
  const end = Math.max(duration, ready + APEX);
  soften(segments, end);
  return [...segments, segment(end, RELEASE_TIME, release, {})];
}

/** A channel at a moment. */
export function sample(segments, channel, t) {
  let value = 0;
  for (const [i, { begin, duration, shape, values, weight }] of segments.entries()) {
    if (begin > t) break;
    const until = Math.min(t, segments[i + 1]?.begin ?? Infinity);
    value += (weight * (values[channel] ?? 0) - value) * shape(Math.min((until - begin) / duration, 1));
  }
  return value;
}

function segment(begin, duration, shape, values, weight = 1) {
  return { begin, duration, shape, values, weight };
}

function approach(onset, values, peak, ready) {
  const time = RISE_TIME[onset], begin = Math.max(peak - time, ready, 0);
  return segment(begin, Math.max(peak - begin, FASTEST, begin === 0 ? time : time / 2), rise, values);
}

function soften(segments, until) {
  const last = segments.at(-1);
  if (!last || last.weight !== 1) return;
  const begin = last.begin + last.duration + HOLD;
  if (until - begin < SOFTEN_TIME / 2) return;
  segments.push(segment(begin, Math.min(SOFTEN_TIME, until - begin), release, last.values, SOFTENED));
}
