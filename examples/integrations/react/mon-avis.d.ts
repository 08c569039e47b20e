// Pour TypeScript : `mon-avis` dans le JSX. avis.d.ts est une copie de widget/avis.d.ts.
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { MonAvis, MonAvisAttributs } from './avis';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'mon-avis': DetailedHTMLProps<HTMLAttributes<MonAvis>, MonAvis> & MonAvisAttributs;
    }
  }
}
