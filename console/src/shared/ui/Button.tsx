import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import styles from './Button.module.css';

export interface ButtonProps extends Omit<AriaButtonProps, 'isPending'> {
  /** `primary` is the one thing that a screen is for; `danger` takes something away; `quiet` has no border; `small` looks
   *  like a link, for what stands beside every row of a list. */
  variant?: 'primary' | 'secondary' | 'quiet' | 'danger' | 'small';
  /** What it does is under way: it keeps the focus, and presses do nothing. React Aria's own `isPending` leaves an
   *  announcement behind whose label is gone when the button is. */
  isPending?: boolean;
}

export function Button({ variant = 'secondary', isPending = false, className, onPress, ...props }: ButtonProps) {
  const names = [styles['button'], styles[variant], typeof className === 'string' ? className : ''].join(' ');
  return <AriaButton {...props} data-pending={isPending || undefined} onPress={isPending ? undefined : onPress} className={names} />;
}
