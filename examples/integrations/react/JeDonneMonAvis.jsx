import { useEffect, useRef } from 'react';

/**
 * À la fin de la démarche : <JeDonneMonAvis code="k7f3q2" />.
 *
 * La ligne du script va une fois dans index.html :
 * <script src="https://avis.example.fr/w/1.1.0/avis.js" integrity="sha384-…" crossorigin="anonymous" defer></script>
 */
export function JeDonneMonAvis({ code, onEnvoye }) {
  const bouton = useRef(null);

  // Un écouteur plutôt qu’une propriété : React 18 n’en connaît pas pour les événements d’un élément personnalisé.
  useEffect(() => {
    const element = bouton.current;
    if (!onEnvoye) return;
    element.addEventListener('avis:envoye', onEnvoye);
    return () => element.removeEventListener('avis:envoye', onEnvoye);
  }, [onEnvoye]);

  // La clé : un autre code est un autre bouton, qui lit son propre lien.
  return (
    <mon-avis key={code} ref={bouton} theme="auto">
      <a href={`https://avis.example.fr/f/${code}`}>Je donne mon avis</a>
    </mon-avis>
  );
}
