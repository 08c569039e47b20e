// What is nicer with a script, and works without. Each part looks for its own data attribute.

focusOnWhatIsSaid();

// A form that came back: the list of what is to mend is read first.
function focusOnWhatIsSaid() {
  document.querySelector("[data-focus]")?.focus();
}

// Comments: keys work only where the focus is in the list or in the comment, so that they never get
// in the way of a screen reader or of what is typed elsewhere.
showWhatNeedsAScript();
walkThroughAList(document.querySelector("[data-liste]"));
walkFromOneToTheNext(document.querySelector("[data-parcours]"));
maskWhatIsSelected(document.querySelector("[data-masquer]"));

function showWhatNeedsAScript() {
  for (const each of document.querySelectorAll(".avec-script")) each.hidden = false;
}

function isPlain(event) {
  return !(event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, textarea"));
}

function walkThroughAList(list) {
  if (!list) return;
  list.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || !isPlain(event)) return;
    const links = [...list.querySelectorAll("[data-ouvrir]")];
    const here = links.indexOf(event.target.closest("li")?.querySelector("[data-ouvrir]"));
    links[here + step]?.focus();
  });
  document.querySelector("[data-cocher]")?.addEventListener("click", () => {
    const boxes = [...list.querySelectorAll("input[type=checkbox]")];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  });
}

function walkFromOneToTheNext(article) {
  article?.addEventListener("keydown", (event) => {
    const rel = { j: "next", ArrowRight: "next", k: "prev", ArrowLeft: "prev" }[event.key];
    if (rel && isPlain(event)) document.querySelector(`a[rel=${rel}]`)?.click();
  });
}

// What is selected in the comment becomes the passage to mask, once a button is pressed.
function maskWhatIsSelected(details) {
  const text = document.querySelector("[data-texte]");
  if (!details || !text) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "bouton second";
  button.textContent = "Masquer la sélection";
  button.hidden = true;
  text.after(button);
  let chosen = "";
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed) return;
    if (!text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
    chosen = selection.toString().trim();
    button.hidden = !chosen;
  });
  button.addEventListener("click", () => {
    details.open = true;
    const field = details.querySelector("textarea");
    field.value = chosen;
    field.focus();
  });
}
