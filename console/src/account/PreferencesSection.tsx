import { Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { chooseLanguage, type Language, languages } from '../shared/language';
import { setTheme, themes, useTheme, type Theme } from '../shared/theme';
import styles from './AccountPage.module.css';

/** The language and the theme. */
export function PreferencesSection() {
  const { t, i18n } = useLingui();
  const id = useId();
  const theme = useTheme();
  const themeNames: Record<Theme, string> = { system: t`Like the system`, light: t`Light`, dark: t`Dark` };
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>
        <Trans>Language and theme</Trans>
      </h2>
      <p className={styles['quiet']}>
        <Trans>They hold for this browser.</Trans>
      </p>
      <Choices
        legend={t`Language`}
        options={Object.entries(languages) as [Language, string][]}
        chosen={i18n.locale}
        onChoose={(language) => void chooseLanguage(language)}
      />
      <Choices legend={t`Theme`} options={themes.map((name) => [name, themeNames[name]] as const)} chosen={theme} onChoose={setTheme} />
    </section>
  );
}

interface ChoicesProps<Key extends string> {
  legend: string;
  options: readonly (readonly [Key, string])[];
  chosen: string;
  onChoose: (key: Key) => void;
}

function Choices<Key extends string>({ legend, options, chosen, onChoose }: ChoicesProps<Key>) {
  const name = useId();
  return (
    <fieldset className={styles['choices']}>
      <legend>{legend}</legend>
      {options.map(([key, label]) => (
        <label key={key} className={styles['choice']}>
          <input type="radio" name={name} checked={key === chosen} onChange={() => onChoose(key)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
