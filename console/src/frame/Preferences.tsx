import { useLingui } from '@lingui/react/macro';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { ChoiceMenu } from '../shared/ui/Menu';
import { chooseLanguage, isLanguage, type Language, languages } from '../shared/language';
import { setTheme, type Theme, useTheme } from '../shared/theme';
import styles from './Preferences.module.css';

/** The switches for the language and the theme, which hold on this device. */
export function Preferences() {
  const { t, i18n } = useLingui();
  const theme = useTheme();
  const language: Language = isLanguage(i18n.locale) ? i18n.locale : 'en';
  const themeNames: Record<Theme, string> = { system: t`Like the system`, light: t`Light`, dark: t`Dark` };
  return (
    <div className={styles['preferences']}>
      <ChoiceMenu
        label={t`Language`}
        mode="single"
        items={Object.entries(languages).map(([key, label]) => ({ key: key as Language, label }))}
        chosen={[language]}
        onChange={([chosen]) => void chooseLanguage(chosen ?? language)}
      >
        <Button variant="quiet" aria-label={t`Language: ${languages[language]}`}>
          {languages[language]}
          <Icon name="chevron" size={14} />
        </Button>
      </ChoiceMenu>
      <ChoiceMenu
        label={t`Theme`}
        mode="single"
        items={(['system', 'light', 'dark'] as const).map((key) => ({ key, label: themeNames[key] }))}
        chosen={[theme]}
        onChange={([chosen]) => setTheme(chosen ?? theme)}
      >
        <Button variant="quiet" aria-label={t`Theme: ${themeNames[theme]}`}>
          {themeNames[theme]}
          <Icon name="chevron" size={14} />
        </Button>
      </ChoiceMenu>
    </div>
  );
}
