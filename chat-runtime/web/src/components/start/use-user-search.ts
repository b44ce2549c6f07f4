import { useEffect, useState } from 'react';
import { wordsOf } from '../../api/problem';
import type { User } from '../../api/wire';
import { useChat } from '../chat-context';

/** After the last key, so that a name is one question and not one for each letter. */
const SETTLE_MS = 250;

interface Search {
  readonly text: string;
  readonly users: readonly User[];
  readonly problem?: string;
}

/** Who matches the text, anybody for none; the last answer stays until the next one is there. */
export function useUserSearch(text: string) {
  const chat = useChat();
  const [found, setFound] = useState<Search>();
  const wanted = text.trim();

  useEffect(() => {
    let isCurrent = true;
    const show = (search: Search) => isCurrent && setFound(search);
    const timer = setTimeout(() => {
      chat.searchUsers(wanted).then(
        (users) => show({ text: wanted, users }),
        (error: unknown) => show({ text: wanted, users: [], problem: wordsOf(error) }),
      );
    }, SETTLE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [chat, wanted]);

  return { users: found?.users ?? [], problem: found?.problem, isSearching: found?.text !== wanted };
}
