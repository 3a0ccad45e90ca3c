import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', widgets: 'src/widgets.ts', article: 'src/article.ts' },
      // Scripts that pages from elsewhere load have a fixed address: the widgets in anyone's page, the article's in the server's.
      output: { entryFileNames: (chunk) => (['widgets', 'article'].includes(chunk.name) ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:5080' } },
});
