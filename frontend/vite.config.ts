import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    // Data addresses would not be cached and need a wider content security policy.
    assetsInlineLimit: 0,
    // The oldest browsers served; also keeps CSS features within what they know.
    target: "chrome109",
    cssTarget: "chrome109",
    rolldownOptions: { input: ["src/main.ts", "src/worker/service-worker.ts"] },
  },
});
