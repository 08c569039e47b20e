/** The style of every widget of the page: one sheet, adopted, which a strict `style-src` allows. */

import form from './avis.css';
import widget from './widget.css';

/** @type {CSSStyleSheet | undefined} */
let sheet;

export function sharedSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(form + widget);
  }
  return sheet;
}
