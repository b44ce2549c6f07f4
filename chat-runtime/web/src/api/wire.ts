// What the server says, as its contract names it. Ids are opaque; times are RFC 3339 UTC with milliseconds.

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  readonly picture?: string;
}

export interface Tokens {
  /** A JWT, good for minutes. */
  readonly accessToken: string;
  /** Good for days and for one use: each refresh answers the next one. */
  readonly refreshToken: string;
}

export interface SignedIn extends Tokens {
  readonly user: User;
}

/** Emoji to the ids of those who chose it. */
export type Reactions = Readonly<Record<string, readonly string[]>>;

export interface Message {
  readonly id: string;
  readonly conversationId: string;
  /** 1, 2, 3 … within the conversation. */
  readonly seq: number;
  readonly senderId: string;
  readonly clientMessageId: string;
  readonly type: 'text' | 'image' | 'file' | 'deleted';
  readonly text?: string;
  readonly replyTo?: string;
  readonly createdAt: string;
  /** The number of the last change that is part of this message; 0 when it never changed. */
  readonly changeSeq: number;
  readonly editedAt?: string;
  readonly deletedAt?: string;
  readonly reactions: Reactions;
}

/** `chat:receive`: a message as it was stored, before any change. */
export type ReceivedMessage = Omit<Message, 'changeSeq' | 'reactions'> &
  Partial<Pick<Message, 'changeSeq' | 'reactions'>>;

export interface Member {
  readonly userId: string;
  readonly role: string;
  readonly name?: string;
}

/** How far a member got: everything up to these numbers was delivered to them, and read by them. */
export interface Mark {
  readonly userId: string;
  readonly deliveredSeq: number;
  readonly readSeq: number;
}

export interface Conversation {
  readonly id: string;
  readonly type: 'direct' | 'group';
  readonly name?: string;
  /** The first hundred, oneself always. */
  readonly members: readonly Member[];
  readonly memberCount: number;
  readonly createdAt: string;
  readonly lastMessage?: Message;
  readonly lastSeq: number;
  readonly lastChangeSeq: number;
  readonly readSeq: number;
  readonly unread: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

export interface HistoryPage {
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

export interface Presence {
  readonly status: 'online' | 'away' | 'offline';
  readonly lastSeen?: string | null;
}

/** A numbered change of a conversation; a kind that this client does not know only moves the number. */
export interface Change {
  readonly changeSeq: number;
  readonly kind: string;
  /** Who did it. */
  readonly userId: string;
  readonly messageId?: string;
  readonly text?: string;
  readonly emoji?: string;
  readonly removed?: boolean;
  /** `expire`: this message and all before it are gone. */
  readonly throughSeq?: number;
  readonly at: string;
}

export interface Heads {
  readonly seq: number;
  readonly changeSeq: number;
}

/** What `chat:sync` answers for one conversation. */
export interface CatchUp extends Heads {
  readonly messages: readonly ReceivedMessage[];
  readonly changes: readonly Change[];
  readonly headSeq: number;
  readonly headChangeSeq: number;
  readonly marks: readonly Mark[];
  readonly hasMore: boolean;
}
