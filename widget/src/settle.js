/**
 * When is a choice made? At once with a pointer or the space bar; with the arrow keys, which choose every level they
 * pass, only where they rest.
 */

/** Milliseconds without an arrow key after which a choice is at rest. */
const REST = 800;

/**
 * @param {HTMLElement} group the fieldset that holds the radios
 * @param {() => void} settled
 * @returns {() => void} settles a choice that still waits, now
 */
export function onSettled(group, settled) {
  let arrow = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  const settle = () => {
    clearTimeout(waiting);
    waiting = undefined;
    settled();
  };
  const flush = () => {
    if (waiting !== undefined) settle();
  };

  group.onkeydown = ({ key }) => {
    arrow = key.startsWith('Arrow');
  };
  group.onkeyup = () => {
    arrow = false;
  };
  group.onchange = () => {
    clearTimeout(waiting);
    if (arrow) waiting = setTimeout(settle, REST);
    else settle();
  };
  group.addEventListener('focusout', ({ relatedTarget }) => {
    if (!group.contains(/** @type {Node | null} */ (relatedTarget))) flush();
  });
  return flush;
}
