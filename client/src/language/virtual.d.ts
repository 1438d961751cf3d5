/** Made by messages.ts beside src/: the messages of a part of the page, by language. */
declare module 'virtual:messages/*' {
  const part: import('./language.svelte.ts').Part
  export default part
}
