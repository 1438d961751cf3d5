/**
 * Makes what follows each value of an object by itself: it returns an object with the same
 * values, which are replaced as a whole. A call keeps what can be seen of it in such objects,
 * so whoever shows it passes in the way of their framework, such as `shallowReactive` of Vue.
 */
export type Reactive = <Values extends object>(values: Values) => Values
