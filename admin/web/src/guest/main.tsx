import '../shared/tokens.css'
import '../shared/components.css'
import './guest.css'
import { render } from 'preact'
import { Door } from './door'

document.body.className = 'comfort'
render(<Door token={decodeURIComponent(location.pathname.split('/')[2] ?? '')} />, document.getElementById('app')!)
