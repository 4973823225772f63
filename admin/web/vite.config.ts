import { defineConfig } from 'vitest/config'

// The address of a running server that `npm run dev` asks for what is not a page.
const server = process.env.PLENUM ?? 'https://localhost:8443'
const proxied = { target: server, secure: false, changeOrigin: true }

export default defineConfig({
  // Nothing may differ between two builds of the same sources: the built files are committed and compared.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows scripts and fonts from files alone
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rollupOptions: { input: { console: 'console.html', guest: 'guest.html', app: 'app.html' } },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    {
      // Nothing is painted before theme and language are known, so that no page flashes in the wrong ones.
      name: 'render-when-ready',
      transformIndexHtml: {
        order: 'post',
        handler: (html) => html.replaceAll('<script type="module"', '<script type="module" blocking="render"'),
      },
    },
  ],
  server: {
    proxy: {
      '/api': proxied,
      '/xmpp-websocket': { ...proxied, ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    environmentOptions: { jsdom: { url: 'https://localhost:8443/admin/' } },
  },
})
