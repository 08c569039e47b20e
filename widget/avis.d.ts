/** `<mon-avis>` for TypeScript. The script itself only declares the element: it exports nothing. */

/** What can be written on the element. */
export interface MonAvisAttributs {
  /** `dialogue` unless told. `lien` leaves the link as it is. */
  affichage?: 'dialogue' | 'integre' | 'flottant' | 'lien';
  /** `direct` unless told. In a `cadre`, scripts of the page cannot read the answers. */
  isolation?: 'direct' | 'cadre';
  /** `auto` unless told: as the system. */
  theme?: 'auto' | 'clair' | 'sombre';
  /** `fr` or `en`; the language of the page unless told. */
  lang?: string;
}

/** The element. It reads the collector and the code of the bouton from the link inside. */
export interface MonAvis extends HTMLElement {
  /** Open the form, unless a listener of `avis:ouvre` prevents it. */
  ouvrir(): void;
  /** Close the form; what was typed stays. */
  fermer(): void;
}

/** Why something did not work. */
export type MonAvisCause = 'reseau' | 'origine' | 'limite' | 'serveur' | 'ferme' | 'csp';

/** All of them bubble and cross shadow roots; none carries an answer. */
export interface MonAvisEvenements {
  /** The button is there. */
  'avis:pret': CustomEvent<null>;
  /** The form is about to open; can be prevented. */
  'avis:ouvre': CustomEvent<null>;
  /** The whole avis is stored. */
  'avis:envoye': CustomEvent<null>;
  'avis:erreur': CustomEvent<{ cause: MonAvisCause }>;
  'avis:ferme': CustomEvent<null>;
}

declare global {
  interface HTMLElementTagNameMap {
    'mon-avis': MonAvis;
  }
  /** Heard on the element, or further up to the window. */
  interface GlobalEventHandlersEventMap extends MonAvisEvenements {}
}
