import { mount } from 'svelte'
import { findGenerated, urlOf } from '../room/call-link.ts'
import { decode } from '../room/link-text.ts'
import '../ui/theme.css'
import Landing from './Landing.svelte'

// A link that lost its path.
const found = findGenerated(decode(location.hash))
if (found?.kind === 'room') location.replace(urlOf(found, location.origin))

mount(Landing, { target: document.getElementById('app') ?? document.body })
