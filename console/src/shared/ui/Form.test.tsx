import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { Form } from './Form';
import { TextField } from './TextField';

/** A form that refuses everything. */
function Refused() {
  const [errors, setErrors] = useState({});
  return (
    <Form errors={errors} onSubmit={() => setErrors({ email: ['Email is taken.'], phone: ['Phone is malformed.'] })}>
      <TextField name="email" label="Email" defaultValue="" />
      <TextField name="phone" label="Phone" defaultValue="" />
      <button type="submit">Send</button>
    </Form>
  );
}

test('a field that is typed in again loses its error at once, and another one keeps it', async () => {
  const user = userEvent.setup();
  render(<Refused />);
  await user.click(screen.getByText('Send'));
  expect(screen.getByText('Email is taken.')).toBeTruthy();
  await user.type(screen.getByLabelText('Email'), 'a');
  expect(screen.queryByText('Email is taken.')).toBeNull();
  expect(screen.getByText('Phone is malformed.')).toBeTruthy();
  await user.click(screen.getByText('Send'));
  expect(screen.getByText('Email is taken.')).toBeTruthy();
});
