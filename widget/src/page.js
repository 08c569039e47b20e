/**
 * On the hosted form, which is whole without it: tells, as one types, what the comment should rather not hold. It stands
 * in the page, whose policy lets these bytes run and no others; what it needs to know comes beside it, as data.
 */

import { watchComment } from './alerte.js';

/** @type {HTMLTextAreaElement | null} */
const field = document.querySelector('#avis-verbatim');
const given = document.querySelector('#avis-alertes')?.textContent;
if (field && given) {
  const { alertes, textes } = JSON.parse(given);
  field.after(watchComment(field, alertes, textes));
}
