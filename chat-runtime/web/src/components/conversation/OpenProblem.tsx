import styles from './OpenProblem.module.css';

interface Props {
  readonly reason: string;
  readonly onRetry: () => void;
}

export function OpenProblem({ reason, onRetry }: Props) {
  return (
    <div className={styles.problem} role="alert">
      <p>{reason}</p>
      <button type="button" className={styles.retry} onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
