import '../shared/tokens.css'
import '../shared/components.css'
import '../shared/pages.css'
import '../meeting/meeting.css'
import '../meeting/chat.css'
import './app.css'
import { render } from 'preact'
import { App } from './app'

render(<App />, document.getElementById('app')!)
