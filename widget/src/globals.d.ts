/** What the build puts in. */

/** The version of package.json. */
declare const VERSION: string;

declare module '*.css' {
  /** The sheet, minified. */
  const text: string;
  export default text;
}
