import '../shared/tokens.css'
import '../shared/components.css'
import '../shared/pages.css'
import './console.css'
import { render } from 'preact'
import { App } from './app'

render(<App />, document.getElementById('app')!)
