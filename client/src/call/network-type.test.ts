import { expect, it, vi } from 'vitest'
import { watchNetworkType } from './network-type.ts'

function change(connection: EventTarget & { type?: string }, type?: string): void {
  if (type) connection.type = type
  connection.dispatchEvent(new Event('change'))
}

it('reports another type of network, not another estimate of the same', () => {
  const connection: EventTarget & { type?: string } = Object.assign(new EventTarget(), {
    type: 'wifi',
  })
  const onChange = vi.fn()
  watchNetworkType(connection, onChange)
  change(connection)
  expect(onChange).not.toHaveBeenCalled()
  change(connection, 'cellular')
  change(connection)
  expect(onChange).toHaveBeenCalledOnce()
  change(connection, 'wifi')
  expect(onChange).toHaveBeenCalledTimes(2)
})

it('reports nothing where the browser does not know the type', () => {
  const connection = new EventTarget()
  const onChange = vi.fn()
  watchNetworkType(connection, onChange)
  change(connection)
  watchNetworkType(undefined, onChange)
  expect(onChange).not.toHaveBeenCalled()
})
