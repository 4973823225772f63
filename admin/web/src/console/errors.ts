export * from '../shared/errors'
