"""What the words of a line give away by themselves, without an emotion beside them: one table, patterns to feelings."""

import re
from typing import Final

from streamer.brain.lexicon import FEELINGS, Feeling

COMMON: Final = frozenset(
    (
        "like sure down order orders kind warm firm lost focus sick alert friend friends wear wearing "
        "think thought thinking interest concern content wonder secret flat dry ease cross well kindly "
        "order ordered bright love cold fed order rest resting calm blue honor honour formal service "
        "professional boring winning think reflect challenge order friendly hungry "
        "touch touched wish wished seriously serious moved plain ordinary easy ready set busy start started jump question "
        "accept accepted loss memory remember remembering recall grave sleep broken empty wonder warning refuse casual "
        "interested realise realize understanding cool sore set iron start easily readily even moving sour long plain "
        "sick start moved free good certain certainly consider considering attention listen listening routine service "
        "manners respect respectfully naked sweet question questions honour remote resist order honored mercy beg please"
    ).split()
)  # words of a line that seldom tell what its speaker feels

# What a line gives away by itself: the feeling, how strongly, and the words that say it.
_SIGNS: Final[tuple[tuple[str, float, str], ...]] = (
    ("laughter", 0.8, r"ha ?ha|hah+a|hehe|heh heh|lol"),
    ("joy", 0.8, r"yay|hooray|hurrah|woo ?hoo|wonderful|fantastic|great news|brilliant|excellent|congratulations|i'm so (?:glad|happy)|beautiful|perfect"),
    ("triumph", 0.8, r"we (?:did it|won)|i (?:did it|won)|victory|at last"),
    ("gratitude", 0.8, r"thank you|thanks|grateful|bless you|much obliged"),
    ("friendliness", 0.7, r"hello|hi there|hi\b|hey there|good (?:morning|evening|day|afternoon)|welcome|greetings|nice to (?:see|meet)|pleasure to"),
    ("surprise", 0.85, r"what\?!|oh my|wow|whoa|no way|you're (?:alive|here)|i can't believe|impossible|good heavens|gods?!"),
    ("terror", 0.85, r"run!|help( me)?!|aa+h|no, no,? no|don't (?:kill|hurt) me|it's (?:coming|behind)|we're going to die|get it off"),
    ("fear", 0.7, r"did you hear|something's (?:there|wrong|out there)|who's there|i'm scared|please don't|watch out|look out|careful|stay close"),
    ("suspicion", 0.75, r"halt|who goes there|who sent you|who are you|what are you (?:doing|hiding)|state your business|i don't (?:trust|believe)|prove it|liar|you're lying"),
    ("menace", 0.75, r"or else|i(?:'ll| will) (?:kill|end|break|find|make you)|you(?:'ll| will) (?:regret|pay|die)|last (?:chance|warning)|one more (?:word|step)|try me|i dare you"),
    ("fury", 0.8, r"how dare you|damn (?:you|it)|get out|shut up|go to hell|bastards?|idiots?|fools?\b|enough!|argh|i hate you|traitors?"),
    ("irritation", 0.7, r"for (?:god|heaven|the gods?)'?s? ?'?sake|leave me alone|not again|ugh|seriously\?|come on|stop it|will you|how many times"),
    ("command", 0.7, r"stand (?:down|back|aside)|hold (?:the|your)|attack|fire!|charge|move!|go, go|stop!|stop right|drop (?:it|the|your)|put (?:it|that|the|your)|do as i"),
    ("disgust", 0.8, r"ew+|yuck|gross|disgusting|revolting|what is that smell|vile|filthy|foul"),
    ("contempt", 0.7, r"pathetic|worthless|you call that|is that (?:all|it)\?|hmph|peasants?|amateurs?|beneath me"),
    ("guilt", 0.8, r"i'm (?:so |truly |very )?sorry|forgive me|my fault|i apologi[sz]e|i didn't mean|i should have"),
    ("grief", 0.8, r"(?:he|she|they)(?:'s|'re| is| are) (?:dead|gone)|died|i lost (?:him|her|them)|goodbye, (?:my|old)|rest in peace|miss (?:him|her|you|them)"),
    ("sadness", 0.7, r"alone|i miss|never (?:again|see)|it's over|farewell|i wish|gone now|no one (?:left|came)"),
    ("despair", 0.75, r"no hope|it's hopeless|what's the point|we've lost|i can't (?:go on|do this|anymore)|too late"),
    ("pleading", 0.8, r"please|i beg|have mercy|don't (?:go|leave)|you have to (?:help|believe)|spare"),
    ("pain", 0.85, r"ow+\b|ouch|argh|it hurts|my (?:leg|arm|head|side)|i'm hit|bleeding"),
    ("weariness", 0.7, r"\*?(?:yawns?|sighs?)\*?|so tired|need (?:sleep|rest)|long (?:day|night|road)|exhausted"),
    ("tenderness", 0.7, r"my (?:dear|darling|love|child|sweet|little)|it's (?:all right|okay|alright)|don't (?:cry|worry)|there, there|i've got you|sweetheart"),
    ("love", 0.8, r"i love you|marry me|be mine|my heart"),
    ("thought", 0.7, r"h+m+|let me (?:think|see)|perhaps|maybe|i wonder|i suppose|what if|now where"),
    ("doubt", 0.7, r"are you sure|i'm not sure|i don't know|really\?|i doubt|if you say so|not convinced|that can't be"),
    ("sarcasm", 0.7, r"oh,? (?:great|good|wonderful|lovely|joy|brilliant)|sure you (?:did|will|are)|how (?:nice|charming|original)|what a surprise|of course you|lucky me|yeah,? right|charming"),
    ("relief", 0.75, r"thank (?:the )?(?:god|gods|goodness|heavens?)|phew|you're safe|that was close|finally"),
    ("pride", 0.7, r"i built|finest|best in|greatest|proud of|my (?:masterpiece|work)|no one (?:else|better)"),
    ("excitement", 0.7, r"let's go|can't wait|check this|look at (?:this|that)|guess what|come see|ready\?"),
    ("amusement", 0.6, r"just kidding|joke|funny|very clever|nice try|you should see your face"),
    ("embarrassment", 0.7, r"um+|uh+|er+m?|well,? (?:i|you see|um)|it's not what|this is awkward|oops|whoops"),
    ("curiosity", 0.55, r"what(?:'s| is) (?:this|that|in)|how (?:does|did|do)|tell me|where did you|interesting|fascinating"),
    ("concentration", 0.5, r"listen|pay attention|remember|wait|quiet|shh+|the plan|on my mark|steady|focus"),
    ("confidence", 0.45, r"trust me|leave it to me|no problem|easy|i've done this|of course|consider it done"),
)  # fmt: skip
SIGNS: Final[tuple[tuple[Feeling, float, re.Pattern[str]], ...]] = tuple(
    (FEELINGS[name], share, re.compile(rf"(?<!\w)(?:{words})(?!\w)|(?<!\w)(?:{words})"))
    for name, share, words in _SIGNS
)
