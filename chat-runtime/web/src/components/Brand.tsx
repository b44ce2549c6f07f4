import styles from './Brand.module.css';

/** The sign and the name. */
export function Brand() {
  return (
    <span className={styles.brand}>
      <img className={styles.sign} src="/favicon.svg" alt="" width={30} height={30} />
      Talkline
    </span>
  );
}
