// Who moves what: for one moment, region by region, what each layer of the face contributed.

import { REGIONS, regionOf } from "./editing.js";

const SHOWN = 3; // channels a region

/** The rows of a table: region, layers by their share, the channels that move most. */
export function owners(channels) {
  return Object.keys(REGIONS).flatMap((region) => {
    const moved = Object.entries(channels).filter(([name]) => regionOf(name) === region);
    if (!moved.length) return [];
    const shares = {};
    for (const [, { value, ...layers }] of moved) {
      for (const [layer, share] of Object.entries(layers)) shares[layer] = (shares[layer] ?? 0) + Math.abs(share);
    }
    const total = Object.values(shares).reduce((sum, share) => sum + share, 0) || 1;
    const layers = Object.entries(shares).sort((a, b) => b[1] - a[1]).map(([layer, share]) => [layer, share / total]);
    const largest = moved.sort((a, b) => Math.abs(b[1].value) - Math.abs(a[1].value)).slice(0, SHOWN);
    return [{ region, layers, largest: largest.map(([name, { value }]) => `${name} ${value.toFixed(2)}`) }];
  });
}

/** Writes them into a table body. */
export function showOwners(body, channels) {
  body.replaceChildren(...owners(channels).map(({ region, layers, largest }) => {
    const row = document.createElement("tr"), head = document.createElement("th"), shares = document.createElement("td");
    head.scope = "row";
    head.textContent = region;
    for (const [layer, share] of layers) {
      const part = document.createElement("span");
      part.className = `share ${layer}`;
      part.style.setProperty("--share", share);
      part.textContent = `${layer} ${Math.round(share * 100)} %`;
      shares.append(part);
    }
    row.append(head, shares);
    row.insertCell().textContent = largest.join(", ");
    return row;
  }));
}
