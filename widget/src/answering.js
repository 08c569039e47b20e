/** One avis being given: the first mandatory answer leaves as soon as it is chosen, then everything, then thanks. */

import { tick } from './drawings.js';
import { createForm } from './form.js';
import { closing, progress, success, tell } from './notice.js';
import { post } from './request.js';
import { createSender } from './sending.js';

/** @import {Questions} from './questions.js' */
/** @import {Affichage, Answer, Formulaire, Questionnaire, Reponses, Textes} from './types.d.ts' */

/**
 * @typedef {object} Around
 * @property {Questions} questions
 * @property {Affichage} affichage
 * @property {Textes} textes
 * @property {HTMLElement} status live region for what concerns the whole avis
 * @property {(type: string) => void} emit
 * @property {(region: HTMLElement, what: string | undefined, answer: Answer, retry: () => void) => void} fail
 */

/**
 * @param {Formulaire} formulaire
 * @param {Questionnaire} questionnaire its own, known to be there
 * @param {Around} around
 */
export function createAnswering(
  { bouton, envoi, langue, cle, alertes = [] },
  questionnaire,
  { questions, affichage, textes, status, emit, fail },
) {
  const form = createForm(questionnaire, textes, alertes, { answered: sendFirst, submitted: sendAll });
  const { element, note } = form;
  let etape = 0;
  let stored = false;
  let submitted = false;

  const sendState = createSender({
    async post(avis) {
      const answer = await post(envoi, { ...avis, jeton: questions.jeton() });
      stored ||= !answer.cause;
      return answer;
    },
    renew: async () => !(await questions.load()).cause,
    pause: (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds)),
    draw: Math.random,
  });

  /** @param {Reponses} reponses */
  function send(reponses) {
    etape += 1;
    const { id } = questionnaire;
    return sendState({ cle, etape, bouton, questionnaire: id, ...reponses, langue, affichage, widget: VERSION });
  }

  async function sendFirst() {
    // Once everything was submitted, the first answer is part of it, and alone would take the rest back.
    if (submitted) return;
    tell(note, progress(textes.note_envoi));
    const answer = await send(form.first());
    if (answer) conclude(note, answer, sendFirst, () => tell(note, success(textes.note_enregistree)));
  }

  async function sendAll() {
    if (element.inert || !form.complete()) return;
    submitted = true;
    tell(note);
    tell(status, progress(textes.envoi));
    // What is being sent must not change under the person's fingers. The focus goes where the outcome will be told.
    element.inert = true;
    status.focus();
    const answer = await send(form.all());
    element.inert = false;
    if (answer) conclude(status, answer, sendAll, thank);
  }

  /**
   * @param {HTMLElement} region
   * @param {Answer} answer
   * @param {() => void} retry
   * @param {() => void} succeed
   */
  function conclude(region, answer, retry, succeed) {
    if (!answer.cause) return succeed();
    // An answer that was lost says nothing of what became of the avis.
    const { echec_inconnu, echec_suite, echec_titre } = textes;
    fail(region, answer.cause === 'reseau' ? echec_inconnu : stored ? echec_suite : echec_titre, answer, retry);
  }

  function thank() {
    element.reset();
    element.remove();
    tell(status, closing(textes.merci_titre, textes.merci_texte, tick()));
    emit('envoye');
  }

  return {
    element,
    /** What the hosted form is to go on from, by the names it has there. @returns {Record<string, unknown>} */
    state: () => ({ cle, ...form.all().notes }),
    /** Whether something would be lost. */
    touched: form.touched,
    /** The person goes away: a first answer still under the arrow keys is made. */
    leave: form.flush,
  };
}
