export * from "./api.ts";
export * from "./demo.ts";
export * from "./documents.ts";
