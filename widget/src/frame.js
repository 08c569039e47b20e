/**
 * The hosted form in a frame of the panel, for `isolation="cadre"` and for questions that are only drawn there. What is
 * typed in it is out of reach of the page's own scripts. Of what happens inside, cadre.js tells us by messages, which
 * carry no answer.
 */

import { html } from './dom.js';
import { watchPolicy } from './policy.js';

/** @import {Setting} from './visit.js' */
/** @import {Answer} from './types.d.ts' */

/** Milliseconds a frame that has loaded may stay silent. */
const SILENCE = 1000;

/**
 * @param {Setting} setting
 * @param {(answer: Answer) => void} fail
 * @param {string} cle of the opening that is already counted, or `''`
 */
export function createFrame({ link, language, panel, emit }, fail, cle) {
  const { content, status, dialog, heading } = panel;
  const frame = html('iframe.avis-cadre', {
    // Without allow-same-origin nothing can be kept on the device, whatever is in the frame.
    sandbox: 'allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox',
  });
  panel.frame(frame);
  let heard = false;
  let touched = false;

  /** @param {MessageEvent} event */
  function listen({ source, data }) {
    // In its sandbox the frame has no origin of its own: who speaks is told by its window.
    if (source !== frame.contentWindow || data?.avis !== 1) return;
    const { type, hauteur, titre } = data;
    // From the first word on there is a title to read in it. In the flow of the page nobody is brought anywhere.
    if (dialog && !heard) frame.focus();
    heard = true;
    // Whoever begins anew gives another avis.
    cle = '';
    if (type === 'hauteur') {
      frame.style.height = `${hauteur}px`;
      frame.title = titre;
    }
    // A newer collector may say more: what is not known here is let pass.
    if (type === 'fermer') dialog?.close();
    if (type === 'touche') touched = true;
    if (type === 'envoye') {
      touched = false;
      emit(type);
    }
  }

  async function begin() {
    if (frame.isConnected) return;
    const url = new URL(link.href);
    const theme = link.closest('mon-avis')?.getAttribute('theme');
    url.search = `?cadre=${dialog ? 'dialogue' : 1}&lang=${language()}&theme=${theme}&cle=${cle}`;
    frame.src = url.href;
    frame.title = `${heading.textContent}`;
    addEventListener('message', listen);
    status.replaceChildren();
    /** @type {() => Promise<boolean>} */
    const refused = await new Promise((resume) => {
      // Of a frame that the policy refuses, only some browsers say that it has loaded.
      const end = watchPolicy(url.href, () => resume(end));
      frame.onload = () => setTimeout(resume, heard ? 0 : SILENCE, end);
      content.replaceChildren(frame);
    });
    const cause = (await refused()) ? 'csp' : 'origine';
    if (heard) return;
    stop();
    fail({ status: 0, body: {}, cause });
  }

  function stop() {
    removeEventListener('message', listen);
    frame.remove();
    heard = touched = false;
  }

  return {
    begin,
    touched: () => touched,
    stop,
    /** What the hosted form is to go on from. @returns {Record<string, unknown> | undefined} */
    state: () => (cle ? { cle } : {}),
  };
}
