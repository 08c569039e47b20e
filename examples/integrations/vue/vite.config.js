import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

// `mon-avis` est un élément du navigateur, pas un composant de Vue.
const isCustomElement = (tag) => tag === 'mon-avis';

export default defineConfig({
  plugins: [vue({ template: { compilerOptions: { isCustomElement } } })],
});
