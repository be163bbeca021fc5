export { type BayesOptions, createBayesSampler } from "./bayes/bayes-sampler.ts";
export { createGeneticSampler, type GeneticOptions } from "./genetic/genetic-sampler.ts";
export { createGridSampler, type GridOptions } from "./grid/grid-sampler.ts";
export type { Sampler, ToldTrial } from "./space/sampler.ts";
export { runStudy, type Study, type StudyMethod, type StudyRequest, type Trial } from "./study/run-study.ts";
