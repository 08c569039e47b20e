/**
 * Inside the frame: tells the page around how high the form is, that it is touched or sent, and that Escape or « Fermer »
 * was pressed. Without this script, in a frame pasted by hand, the form works all the same.
 *
 * Messages go to the origins of the bouton only; nobody else hears them. They never carry an answer.
 */

const { origines = '', envoye } = document.body.dataset;
const { ancestorOrigins } = location;
// Where the browser names who is around us (not in Firefox), the others are not called in vain.
const listeners = origines.split(' ').filter((origin) => !ancestorOrigins || ancestorOrigins.contains(origin));

/**
 * @param {string} type
 * @param {number} [hauteur] in CSS pixels
 */
function say(type, hauteur) {
  for (const origin of listeners) parent.postMessage({ avis: 1, type, hauteur, titre: document.title }, origin);
}

// What a page of ours brings the focus to as it opens, the browser refuses to in a frame; not to a person who is there,
// or comes.
/** @type {HTMLElement | null} */
const start = document.querySelector('[autofocus]');
const arrive = () => start?.focus();
const awaitArrival = () => addEventListener('focus', arrive, { once: true });

function leave() {
  say('fermer');
  // In the flow of a page nothing closes, and nobody comes back.
  if (close) awaitArrival();
}

const close = document.querySelector('.avis-fermer');
close?.addEventListener('click', leave);
document.addEventListener('keydown', ({ key, isComposing }) => {
  if (key === 'Escape' && !isComposing) leave();
});
document.addEventListener('input', () => say('touche'), { once: true });
const root = document.documentElement;
function measure() {
  // Before the browser has given the frame its place there is none, or that of a form without width: that we are here is
  // all there is to say.
  const height = innerWidth && root.offsetHeight;
  if (height) say('hauteur', height);
  else say('pret');
}
new ResizeObserver(measure).observe(root);
if (envoye !== undefined) say('envoye');
if (document.hasFocus()) arrive();
else awaitArrival();
// The page around waits to hear from us, and brings the focus here then. While we are out of its window, the browser
// observes no sizes.
measure();

// A module, for the type checker.
export {};
