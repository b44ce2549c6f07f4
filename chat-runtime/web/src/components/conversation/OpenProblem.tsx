import styles from './OpenProblem.module.css';

interface Props {
  readonly reason: string;
  readonly action: string;
  readonly onAct: () => void;
}

export function OpenProblem({ reason, action, onAct }: Props) {
  return (
    <div className={styles.problem} role="alert">
      <p>{reason}</p>
      <button type="button" className={styles.act} onClick={onAct}>
        {action}
      </button>
    </div>
  );
}
