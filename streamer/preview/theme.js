// Light, dark, or as the system has it; the choice is kept.

const KEY = "facecue.theme";

export function chooseTheme(select, storage) {
  const apply = (theme) => { document.documentElement.dataset.theme = theme; };
  try {
    select.value = storage.getItem(KEY) ?? "";
  } catch { /* nothing is kept here */ }
  apply(select.value);
  select.onchange = () => {
    apply(select.value);
    try {
      storage.setItem(KEY, select.value);
    } catch { /* it holds until the page is closed */ }
  };
}
