/**
 * The frames on the two WebSockets and the bodies of the desk API, as types.
 * Nothing here runs; editors read it, and so should whoever writes a client.
 *
 * @typedef {'customer'|'bot'|'person'} Author
 * @typedef {'answer'|'offer'|'acknowledgement'|'notice'|'confirmation'} Purpose
 *
 * @typedef {Object} Part a part of a message that is more than text
 * @property {'text'|'link'|'unsupported'|'act'|'image'|'audio'|'video'|'file'} kind
 * @property {string} [text]   of a link all of it, in lines
 * @property {string} [title]  of a link, as the next two; url is where it leads
 * @property {string} [description]
 * @property {string} [picture] an address on whoever's host: our pages do not load it
 * @property {string} [name]   of media, as all that follows; its end says what it is
 * @property {string} [type]
 * @property {number} [size]   bytes
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [seconds]
 * @property {string} [url]    absent: no longer kept, but for
 * @property {boolean} [later] which may be kept, and has only no address now
 * @property {number} [until]  when the address ends
 *
 * @typedef {Object} Message what a customer sees
 * @property {string} key      order and identity: keys sort as text
 * @property {Author} author
 * @property {string} [name]   of a person
 * @property {Purpose} [purpose]
 * @property {string} text     all of it; media in words
 * @property {Part[]} [parts]  absent where text is all
 * @property {number} at       Unix milliseconds, the server's clock
 * @property {string} [id]     the id its author's client gave it
 * @property {boolean} way     shows the way to a person with it
 *
 * @typedef {Object} State where the conversation stands, for the customer
 * @property {'bot'|'waiting'|'human'|'closed'} status
 * @property {number} epoch            grows with each change of the status: a state with less is older, and is ignored
 * @property {number} [position]       within one epoch the last one that came counts
 * @property {boolean} [exact]         absent: position is how many are ahead, about or more than that
 * @property {boolean} [about]
 * @property {number} [wait_seconds]   absent: no estimate is known
 * @property {string} [agent]          display name
 * @property {'zh-CN'|'en'} language
 * @property {string} [ticket]
 *
 * @typedef {Object} Ready the first frame to a customer's page
 * @property {'ready'} type
 * @property {number} now
 * @property {string} conversation
 * @property {string} [also]        the other one of a customer who was a visitor: what was not sent there is sent here
 * @property {{name: string}} customer
 * @property {Message[]} messages
 * @property {boolean} more
 * @property {State} state
 * @property {number} max_text      characters of one message
 * @property {number} ping_seconds  between two pings; absent from an older server: 20
 * @property {{picture_bytes: number, file_bytes: number, most: number}} [media] absent: none are taken
 * @property {string} mark          to poll with
 *
 * @typedef {Object} Fault
 * @property {string} code
 * @property {string} message
 * @property {string} [hint]
 * @property {number} [now]    the server's time, with clock_skew
 * @property {number} [retry]  milliseconds to wait before trying again
 *
 * @typedef {Object} Ticket
 * @property {string} id
 * @property {string} status
 * @property {number} asked_at
 * @property {string} lane
 * @property {'distress'|'priority'|'normal'} class
 * @property {string} [assignee]
 * @property {number} [returns]
 *
 * @typedef {Object} Conversation what an agent sees
 * @property {string} id
 * @property {'bot'|'waiting'|'human'|'closed'} status
 * @property {string} channel
 * @property {string} language
 * @property {number} episode
 * @property {Ticket} [ticket]
 * @property {{name: string}} customer
 * @property {Limits} [limits]  absent where the channel does not count what may be sent
 * @property {{price?: string, currency?: string}} [counting] of one part, where the channel counts the parts of a message
 * @property {boolean} [template_only] the channel carries nothing that an agent types
 * @property {boolean} [opted_out] the customer does not want to be written to; with each message frame, too
 *
 * @typedef {Object} Limits what the channel still takes; with each message frame, too
 * @property {number} messages_left
 * @property {number} until     none from then on, until the customer does something again
 *
 * @typedef {Object} Outcome
 * @property {'pending'|'attempting'|'held'|'sent'|'delivered'|'not_sent'|'unknown'} delivery held: it goes out after the customer's next word; sent may become delivered or not_sent
 * @property {string} [code]
 * @property {string} [hint]
 * @property {number} [gone]    pieces that the customer has, of a message that goes in several
 *
 * @typedef {Object} DeskMessage
 * @property {string} key
 * @property {Author} author
 * @property {string} [name]
 * @property {string} [agent]
 * @property {Purpose} [purpose]
 * @property {string} text
 * @property {Part[]} [parts]
 * @property {number} at
 * @property {string} [id]
 * @property {boolean} late
 * @property {boolean} [private] the customer does not see it
 * @property {number} received when it came, or was said
 * @property {string} [ask]
 * @property {Outcome} [outcome]
 *
 * @typedef {Object} Seen how far the customer's client has come with what people wrote
 * @property {string} received  key of the newest message that it has; '' before it said so
 * @property {string} read      key of the newest that it has shown
 *
 * @typedef {Object} Holding a conversation with its newest page
 * @property {Conversation} conversation
 * @property {DeskMessage[]} messages
 * @property {boolean} more
 * @property {Seen} [seen]
 *
 * @typedef {Object} Line
 * @property {string} lane
 * @property {number} waiting
 * @property {boolean} exact   false: about so many wait, or more than that
 * @property {boolean} [about]
 * @property {{ticket: string, position: number, asked_at: number, class: string}[]} tickets
 * @property {number} now
 *
 * @typedef {Object} DeskReady the first frame to the desk's page
 * @property {'ready'} type
 * @property {number} now
 * @property {{id: string, names: Object<string, string>}} agent
 * @property {number} lease_seconds
 * @property {number} ping_seconds  between two pings: each renews the lease
 * @property {Line} line
 * @property {Holding[]} held
 *
 * @typedef {Object} Login how agents sign in; all but login is there for oidc only
 * @property {'code'|'oidc'} login
 * @property {string} [issuer]
 * @property {string} [authorization_endpoint]
 * @property {string} [token_endpoint]
 * @property {string} [client_id]
 * @property {string} [scope]
 * @property {string} [audience]
 * @property {string} [live]   the WebSocket's address; absent: live, beside the page
 */
export {};
