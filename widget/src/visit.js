/** What happens in the panel each time it opens: the questions are loaded, unless what is there still stands. */

import { createAnswering } from './answering.js';
import { createFrame } from './frame.js';
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
 * @property {() => void} giveUp what to do where a person need not be told that there are no questions
 * @property {boolean} framed whether the form is to be in a frame, whatever it asks
 */

/**
 * @typedef {object} Visit
 * @property {() => Promise<void>} begin
 * @property {() => boolean | undefined} touched whether something would be lost
 * @property {() => void} leave
 * @property {() => void} stop the element has left the page
 */

/**
 * @param {Setting} setting
 * @returns {Visit}
 */
export function createVisit(setting) {
  const { link, address, affichage, language, panel, emit, giveUp, framed } = setting;
  const { content, status } = panel;
  const questions = createQuestions(`${address}.json`, language);
  let textes = wordsIn(language());
  let shown = false;
  /** @type {ReturnType<typeof createAnswering> | undefined} */
  let answering;
  let frame = framed ? createFrame(setting, showNotLoaded, '') : undefined;

  const touched = () => (frame ?? answering)?.touched();
  const stands = () => touched() || (shown && questions.fresh());

  async function begin() {
    if (frame) return frame.begin();
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
    if (formulaire && !shown) return show(formulaire);
  }

  /** @param {Formulaire} formulaire */
  function show(formulaire) {
    const { questionnaire, cadre, cle } = formulaire;
    textes = { ...textes, ...formulaire.textes };
    shown = true;
    panel.present(formulaire);
    if (!questionnaire) {
      tell(status, closing(textes.ferme_titre, textes.ferme_texte));
      return emit('erreur', { cause: 'ferme' });
    }
    if (cadre) {
      frame = createFrame(setting, showNotLoaded, cle ?? '');
      return frame.begin();
    }
    answering = createAnswering(formulaire, questionnaire, { questions, affichage, textes, status, emit, fail });
    content.append(answering.element);
    tell(status);
  }

  /** @param {Answer} answer */
  function showNotLoaded(answer) {
    fail(status, undefined, answer, () => {
      // Asking counts as an opening of the form: not for someone who left.
      if (panel.dialog?.open === false) return;
      panel.heading.focus();
      begin();
    });
    giveUp();
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
    const state = (frame ?? answering)?.state();
    for (const name in state) url.searchParams.set(name, `${state[name]}`);
    link.href = url.href;
    tellFailure(region, textes, what, answer, retry, link);
    emit('erreur', { cause: answer.cause });
  }

  return {
    begin,
    touched,
    leave: () => answering?.leave(),
    stop: () => frame?.stop(),
  };
}
