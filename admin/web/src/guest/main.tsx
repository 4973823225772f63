import '../shared/tokens.css'
import '../shared/components.css'
import './front.css'
import '../meeting/meeting.css'
import '../meeting/chat.css'
import { render } from 'preact'
import { Call, Devices } from '../call'
import { Page } from './page/page'
import { Visit } from './page/visit'

const visit = new Visit(decodeURIComponent(location.pathname.split('/')[2] ?? ''), new Devices(), (o) => new Call(o))
visit.watch()
void visit.begin()
document.body.className = 'comfort'
render(<Page visit={visit} />, document.getElementById('app')!)
