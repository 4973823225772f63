export { Log, logEntries, same, type Author, type Entry, type Note, type Said, type Sealed, type Taken } from './log'
export { nameCharacters, problem, tidy, type NameProblem } from './names'
export { inOrder, type Occupant } from './occupants'
export { conferenceNick, Room, type Gone, type How, type Port, type Stored } from './room'
