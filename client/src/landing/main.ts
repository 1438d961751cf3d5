import { mount } from 'svelte'
import { decode, findGenerated, urlOf } from 'vidchat-kit'
import '../ui/theme.css'
import { registerWorker, workersOf } from '../offline/register.ts'
import Landing from './Landing.svelte'

// A link that lost its path.
const found = findGenerated(decode(location.hash))
if (found?.kind === 'room') location.replace(urlOf(found, location.origin))

mount(Landing, { target: document.getElementById('app') ?? document.body })
registerWorker({ ...workersOf(window), isBusy: () => false })
