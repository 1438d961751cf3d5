import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'vite'

interface Manifest {
  name: string
  version: string
  license: string
}

const heading = `The pages contain these packages, whose licenses follow.\n`

/** The folder of the package that a module is part of, if it is not our own. */
function packageOf(id: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]
}

function noticeOf(folder: string): string {
  const file = join(folder, 'package.json')
  const { name, version, license } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  const text = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry))
  if (!text) throw new Error(`${name} has no file with its license`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, text), 'utf8').trim()}\n`
}

/** Writes licenses.txt: what the build contains of others asks for its license to go with it. */
export const licenses: Plugin = {
  name: 'licenses',
  apply: 'build',
  generateBundle(_options, bundle) {
    // Fonts that a style sheet names are no modules.
    const assets = Object.values(bundle).flatMap((file) =>
      file.type === 'asset' ? file.originalFileNames.map((name) => resolve(name)) : [],
    )
    const folders = new Set<string>()
    for (const id of [...this.getModuleIds(), ...assets]) {
      const folder = packageOf(id)
      if (folder && existsSync(join(folder, 'package.json'))) folders.add(folder)
    }
    const notices = [...folders].sort().map(noticeOf)
    const line = `\n${'-'.repeat(80)}\n\n`
    this.emitFile({
      type: 'asset',
      fileName: 'licenses.txt',
      source: [heading, ...notices].join(line),
    })
  },
}
