export * from '../shared/form'
