// What is nicer with a script, and works without. Each part looks for its own data attribute.

focusOnWhatIsSaid();
copyWhatIsToBePasted();
proposeSlug();
checkCodes();

// What was done, or what is to mend in a form that came back, is read first: a screen reader says
// nothing of a status that is there when a page opens. The page may have a better place to go on from.
function focusOnWhatIsSaid() {
  const said = document.querySelector("[data-focus]");
  const elsewhere = location.hash || document.querySelector("[autofocus]");
  if (!(said?.matches(".fait") && elsewhere)) said?.focus();
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

// Lines to paste: a button for each, which says what it did.
function copyWhatIsToBePasted() {
  for (const button of document.querySelectorAll("[data-copie]")) {
    const { copie } = button.dataset;
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      const said = document.querySelector(`[data-copie-dit="${copie}"]`);
      try {
        await navigator.clipboard.writeText(document.getElementById(copie).textContent);
        said.textContent = "Copié.";
      } catch {
        said.textContent = "Le navigateur refuse : sélectionnez le texte et copiez-le.";
      }
    });
  }
}

// The short name of a démarche follows its title, until somebody writes another one.
function proposeSlug() {
  const title = document.querySelector("[data-propose]");
  const slug = title && document.getElementById(title.dataset.propose);
  if (!slug) return;
  let proposed = slug.value ? undefined : "";
  title.addEventListener("input", () => {
    if (slug.value !== proposed) return;
    proposed = slugOf(title.value);
    slug.value = proposed;
  });
}

function slugOf(title) {
  const plain = title.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f]/g, "");
  const words = plain.replaceAll("œ", "oe").replaceAll("æ", "ae").match(/[a-z0-9]+/g) ?? [];
  let slug = "";
  for (const word of words) {
    const longer = slug ? `${slug}-${word}` : word.slice(0, 60);
    if (longer.length > 60) break;
    slug = longer;
  }
  return slug;
}

// SIRET and INSEE codes: what is wrong is said when the field is left; the server checks again.
function checkCodes() {
  const kinds = {
    siret: [isSiret, "Il faut les 14 chiffres d’un SIRET, sans faute de frappe."],
    insee: [isInsee, "Il faut un code INSEE, comme 01053, 2A004, 97411, 01 ou 974 ; ce n’est pas le code postal."],
  };
  for (const field of document.querySelectorAll("[data-controle]")) {
    const [isRight, sentence] = kinds[field.dataset.controle];
    const said = document.createElement("p");
    said.className = "erreur";
    said.id = `${field.id}-dit`;
    said.setAttribute("role", "status");
    field.before(said);
    const described = field.getAttribute("aria-describedby");
    field.setAttribute("aria-describedby", described ? `${described} ${said.id}` : said.id);
    const check = () => {
      said.textContent = !field.value.trim() || isRight(field.value) ? "" : sentence;
    };
    field.addEventListener("change", check);
    // Once it was said, it goes away as soon as it is mended.
    field.addEventListener("input", () => said.textContent && check());
  }
}

function isSiret(text) {
  const digits = text.replace(/[\s.]/g, "");
  if (!/^[0-9]{14}$/.test(digits)) return false;
  const sum = (of) => of.reduce((a, b) => a + b, 0);
  const each = [...digits].map(Number);
  // La Poste gives its offices numbers with a sum of their own.
  if (digits.startsWith("356000000") && digits !== "35600000000048") return sum(each) % 5 === 0;
  const luhn = (of) => sum(of.map((n, i) => ((of.length - i) % 2 ? n : n > 4 ? 2 * n - 9 : 2 * n))) % 10 === 0;
  return luhn(each) && luhn(each.slice(0, 9));
}

function isInsee(text) {
  const metropole = "(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])";
  const outreMer = "(?:97[1-8]|98[4-9])";
  const code = `${metropole}(?:(?!000)[0-9]{3})?|${outreMer}(?:(?!00)[0-9]{2})?`;
  return new RegExp(`^(?:${code})$`).test(text.trim().toUpperCase());
}
