import { useEffect } from 'react';

/** Stands in for `react-style-singleton`, by which dialogs and menus of GraphiQL keep the page behind them from scrolling.
 *  That package inserts `<style>` elements, which the content security policy forbids; a style sheet that a script
 *  constructs is allowed. Returns a component; the styles apply while at least one is shown. */
export function styleSingleton() {
  const sheet = new CSSStyleSheet();
  let shown = 0;
  return function Sheet({ styles }: { styles: string }) {
    useEffect(() => {
      shown += 1;
      if (shown === 1) {
        sheet.replaceSync(styles);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }
      return () => {
        shown -= 1;
        if (shown === 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      };
    }, [styles]);
    return null;
  };
}
