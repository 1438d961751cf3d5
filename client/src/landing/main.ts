import { mount } from 'svelte'
import '../ui/theme.css'
import Landing from './Landing.svelte'

mount(Landing, { target: document.getElementById('app') ?? document.body })
