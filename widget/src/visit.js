/** What happens in the panel each time it opens: the questions are loaded, unless what is there still stands. */

import { createAnswering } from './answering.js';
import { closing, progress, tell, tellFailure } from './notice.js';
import { createQuestions } from './questions.js';
import { wordsIn } from './texts.js';

/** @import {Panel} from './dialog.js' */
/** @import {Answer, Formulaire} from './types.d.ts' */

/**
 * @typedef {object} Setting
 * @property {HTMLAnchorElement} link to the hosted form, as the page wrote it
 * @property {string} address of the form's JSON
 * @property {() => string} language to ask for now
 * @property {Panel} panel
 * @property {(type: string, detail?: unknown) => void} emit
 */

/** @typedef {ReturnType<typeof createVisit>} Visit */

/** @param {Setting} setting */
export function createVisit({ link, address, language, panel, emit }) {
  const { content, status } = panel;
  const questions = createQuestions(address, language);
  let textes = wordsIn(language());
  let shown = false;
  /** @type {ReturnType<typeof createAnswering> | undefined} */
  let answering;

  const touched = () => answering?.touched() === true;
  const stands = () => touched() || (shown && questions.fresh() !== undefined);

  function prefetch() {
    if (stands()) return;
    shown = false;
    if (!questions.fresh()) questions.load();
  }

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
    if (!questionnaire) return showClosed(textes.ferme_titre, textes.ferme_texte);
    answering = createAnswering(formulaire, questionnaire, { questions, textes, status, emit, fail });
    content.append(answering.element);
    tell(status);
  }

  /**
   * @param {string | undefined} title
   * @param {string} [text]
   */
  function showClosed(title, text) {
    tell(status, closing(title, text));
    emit('erreur', { cause: 'ferme' });
  }

  /** @param {Answer} answer */
  function showNotLoaded(answer) {
    const { cause, body } = answer;
    if (cause === 'ferme' && body.detail) return showClosed(String(body.detail));
    fail(status, textes.sans_questions, answer, () => {
      // Asking counts as an opening of the form: not for someone who left.
      if (!panel.element.open) return;
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
    tellFailure(region, textes, what, answer, retry, link);
    emit('erreur', { cause: answer.cause });
  }

  return {
    /** The person is about to come in. */
    prefetch,
    begin,
    touched,
    leave: () => answering?.leave(),
  };
}
