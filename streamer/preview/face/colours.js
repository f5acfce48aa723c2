// What the character is painted with; "r,g,b" where a colour fades.

export const SKIN = "#f0bf9b", SKIN_LIGHT = "#fbd9bb", SKIN_DARK = "#d99a77", NECK = "#d99d7a", NECK_DARK = "#a9684b", EAR = "#e6ad89";
export const SHADE = "176,92,62", DEEP = "122,58,42", GLOW = "255,236,214", BLUSH = "228,98,84";
export const HAIR = "#6d3626", HAIR_LIGHT = "#a55f3a", HAIR_DARK = "#52281f", STRAND = "196,124,78", BROW = "#55291d";
export const LID = "222,156,124", LASH = "#2b1614", WHITE = "#fbf7f2", WHITE_SHADE = "120,100,120";
export const IRIS = "#2f8f8a", IRIS_LIGHT = "#8fd6c4", IRIS_DARK = "#134650", PUPIL = "#0c1214", CARUNCLE = "#e3a08f";
export const LIP_UPPER = "#bb5253", LIP_LOWER = "#d27069", LIP_LINE = "110,34,38", LIP_GLOW = "255,205,195";
export const CAVITY = "#3b0f17", TOOTH = "#fdf9f1", TOOTH_LOWER = "#efe7db", TONGUE = "#d4707a", TONGUE_DARK = "158,62,74";
export const SHIRT_LIGHT = "#4b8498", SHIRT_DARK = "#23485a";
