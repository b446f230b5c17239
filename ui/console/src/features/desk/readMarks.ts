/** How far each chat was read here. Telling a mark twice does no harm, so every new line is told all of them. */
export class ReadMarks {
  private readonly byChat = new Map<string, number>();

  /** Takes a mark and gives the furthest one of that chat. */
  note(chat: string, seq: number): number {
    const furthest = Math.max(seq, this.byChat.get(chat) ?? 0);
    this.byChat.set(chat, furthest);
    return furthest;
  }

  /** Tells the marks of these chats once more, and forgets chats that are no longer mine. */
  tellAgain(mine: string[], tell: (chat: string, seq: number) => void): void {
    for (const [chat, seq] of this.byChat) {
      if (mine.includes(chat)) tell(chat, seq);
      else this.byChat.delete(chat);
    }
  }
}

export const readMarks = new ReadMarks();
