import { useState, type ComponentProps, type FormEvent } from 'react';
import styles from './AuthForm.module.css';

export interface Entry {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

interface Props {
  readonly isNew: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onSubmit: (entry: Entry) => void;
}

export function AuthForm({ isNew, busy, problem, onSubmit }: Props) {
  const [entry, setEntry] = useState<Entry>({ name: '', email: '', password: '' });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(entry);
  };
  const bind = (field: keyof Entry) => ({
    name: field,
    value: entry[field],
    onValue: (value: string) => setEntry((before) => ({ ...before, [field]: value })),
  });

  return (
    <form className={styles.form} onSubmit={submit}>
      {isNew && <Field label="Name" {...bind('name')} autoComplete="name" autoFocus maxLength={100} />}
      <Field label="Email" {...bind('email')} type="email" autoComplete="email" autoFocus={!isNew} />
      <Field
        label="Password"
        {...bind('password')}
        type="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
      />
      <p className={styles.problem} role="alert">
        {problem}
      </p>
      <button className={styles.submit} disabled={busy}>
        {busy ? 'One moment …' : isNew ? 'Create account' : 'Log in'}
      </button>
    </form>
  );
}

interface FieldProps extends ComponentProps<'input'> {
  readonly label: string;
  readonly onValue: (value: string) => void;
}

function Field({ label, onValue, ...input }: FieldProps) {
  return (
    <label className={styles.field}>
      <span className={styles.label}>{label}</span>
      <input {...input} className={styles.input} required onChange={(event) => onValue(event.target.value)} />
    </label>
  );
}
