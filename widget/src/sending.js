/**
 * Sending the states of one avis: one request in flight, the newest state next, retries that the collector's key makes
 * harmless. Nothing is kept outside memory.
 */

/** @import {Answer, Avis} from './types.d.ts' */

const TRIES = 3;
/** Longest wait, in seconds, the collector may ask for before the person is told instead. */
const PATIENCE = 10;

/**
 * @typedef {object} Means
 * @property {(avis: Avis) => Promise<Answer>} post posts with the jeton of the moment
 * @property {() => Promise<boolean>} renew fetches a new jeton; whether it did
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {() => number} random in [0, 1)
 */

/**
 * @param {Means} means
 * @returns {(avis: Avis) => Promise<Answer | undefined>} resolves with the last answer, or with `undefined` when a newer
 *   state is to be sent: its own answer will tell more
 */
export function createSender({ post, renew, pause, random }) {
  /** @type {{avis: Avis, settle: (answer: Answer | undefined) => void} | undefined} */
  let next;
  let busy = false;

  return (avis) => {
    next?.settle(undefined);
    return new Promise((settle) => {
      next = { avis, settle };
      if (!busy) drain();
    });
  };

  async function drain() {
    busy = true;
    while (next) {
      const { avis, settle } = next;
      next = undefined;
      const answer = await deliver(avis);
      settle(next ? undefined : answer);
    }
    busy = false;
  }

  /**
   * @param {Avis} avis
   * @returns {Promise<Answer | undefined>}
   */
  async function deliver(avis) {
    for (let tries = 1; ; tries++) {
      const answer = await postWithFreshJeton(avis);
      const wait = secondsToWait(answer, tries);
      if (wait === undefined) return answer;
      // Sending a state that is already overtaken would only make the newer one wait.
      if (!next) await pause(wait * 1000);
      if (next) return undefined;
    }
  }

  /** @param {Avis} avis */
  async function postWithFreshJeton(avis) {
    const answer = await post(avis);
    return answer.body.code === 'jeton_perime' && (await renew()) ? post(avis) : answer;
  }

  /**
   * @param {Answer} answer
   * @param {number} tries how many were made
   * @returns {number | undefined} `undefined` when no other try is to be made
   */
  function secondsToWait(answer, tries) {
    if (!mayRetry(answer) || tries === TRIES) return undefined;
    const { retryAfter } = answer;
    if (retryAfter !== undefined) return retryAfter > PATIENCE ? undefined : retryAfter;
    return 0.6 * 2 ** (tries - 1) * (0.5 + random());
  }
}

/**
 * Whether the same request may succeed later. Nothing came back counts, unless the page itself forbids the request.
 *
 * @param {Answer} answer
 */
export function mayRetry({ status, cause }) {
  if (cause === 'csp' || cause === 'origine') return false;
  return status === 0 || status === 408 || status === 429 || status >= 500;
}
