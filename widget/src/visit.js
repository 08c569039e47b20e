/** What happens in the panel each time it opens: the questions are loaded, unless what is there still stands. */

import { createAnswering } from './answering.js';
import { closing, progress, tell, tellFailure } from './notice.js';
import { createQuestions } from './questions.js';
import { wordsIn } from './texts.js';

/** @import {Panel} from './panel.js' */
/** @import {Affichage, Answer, Formulaire} from './types.d.ts' */

/**
 * @typedef {object} Setting
 * @property {HTMLAnchorElement} link to the hosted form, as the page wrote it
 * @property {string} address of the form, without its query
 * @property {Affichage} affichage
 * @property {() => string} language to ask for now
 * @property {Panel} panel
 * @property {(type: string, detail?: unknown) => void} emit
 * @property {(() => void) | undefined} giveUp what to do instead of telling a person that there are no questions
 */

/**
 * @typedef {object} Visit
 * @property {() => Promise<void>} begin
 * @property {() => boolean} touched whether something would be lost
 * @property {() => void} leave
 * @property {() => void} stop the element has left the page
 */

/**
 * @param {Setting} setting
 * @returns {Visit}
 */
export function createVisit({ link, address, affichage, language, panel, emit, giveUp }) {
  const { content, status } = panel;
  const questions = createQuestions(`${address}.json`, language);
  let textes = wordsIn(language());
  let shown = false;
  /** @type {ReturnType<typeof createAnswering> | undefined} */
  let answering;

  const touched = () => answering?.touched() === true;
  const stands = () => touched() || (shown && questions.fresh() !== undefined);

  async function begin() {
    if (stands()) return;
    shown = false;
    answering = undefined;
    content.replaceChildren();
    textes = wordsIn(language());
    if (!questions.fresh()) {
      tell(status, progress(textes.chargement));
      const answer = await questions.load();
      if (answer.cause) return showNotLoaded(answer);
    }
    const formulaire = questions.fresh();
    // Closed and opened again while loading: the other opening shows it.
    if (formulaire && !shown) show(formulaire);
  }

  /** @param {Formulaire} formulaire */
  function show(formulaire) {
    const { questionnaire } = formulaire;
    textes = { ...textes, ...formulaire.textes };
    shown = true;
    panel.present(formulaire);
    if (!questionnaire) {
      tell(status, closing(textes.ferme_titre, textes.ferme_texte));
      return emit('erreur', { cause: 'ferme' });
    }
    answering = createAnswering(formulaire, questionnaire, { questions, affichage, textes, status, emit, fail });
    content.append(answering.element);
    tell(status);
  }

  /** @param {Answer} answer */
  function showNotLoaded(answer) {
    giveUp?.();
    fail(status, undefined, answer, () => {
      // Asking counts as an opening of the form: not for someone who left.
      if (panel.dialog?.open === false) return;
      panel.heading.focus();
      begin();
    });
  }

  /**
   * @param {HTMLElement} region
   * @param {string | undefined} what
   * @param {Answer} answer
   * @param {() => void} retry
   */
  function fail(region, what, answer, retry) {
    // What was chosen here is chosen there, and is the same avis.
    const url = new URL(link.href);
    const state = answering?.state();
    for (const name in state) url.searchParams.set(name, `${state[name]}`);
    tellFailure(region, textes, what, answer, retry, link, url.href);
    emit('erreur', { cause: answer.cause });
  }

  return {
    begin,
    touched,
    leave: () => answering?.leave(),
    stop() {},
  };
}
